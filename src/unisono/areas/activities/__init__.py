"""What members do together: gatherings and initiatives, who took part, and who has fallen silent."""
