"""Getting in: password, second factor, passkey, one-time link, invitation; and what keeps an account safe."""
