// Bundles scripts, styles, fonts and the icon sprite into the package's static folder.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "src", "unisono", "web", "static", "bundle");
const tabler = join(here, "node_modules", "@tabler");

function iconNames() {
  return readFileSync(join(here, "icons.txt"), "utf8")
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(Boolean);
}

function sprite(names) {
  const symbols = names.map((name) => {
    const source = readFileSync(join(tabler, "icons", "icons", "outline", `${name}.svg`), "utf8");
    const shapes = source
      .replace(/^[\s\S]*?<svg[^>]*>/, "")
      .replace(/<\/svg>[\s\S]*$/, "")
      .replace(/<path stroke="none"[^>]*\/>/, "")
      .replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

await build({
  absWorkingDir: here,
  // The map is a file of its own: only its page loads the drawing.
  entryPoints: { app: "src/main.js", theme: "src/theme.js", map: "src/map/main.js" },
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome120", "firefox121", "safari17.2"],
  legalComments: "linked",
  outdir: out,
  logLevel: "warning",
});
await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.css" },
  bundle: true,
  minify: true,
  // light-dark() stays as it is: it is what lets one rule serve both themes.
  target: ["chrome123", "firefox121", "safari17.5"],
  legalComments: "linked",
  loader: { ".woff2": "file" },
  assetNames: "fonts/[name]-[hash]",
  outdir: out,
  logLevel: "warning",
});

const icons = iconNames();
writeFileSync(join(out, "icons.svg"), sprite(icons));

// Each address carries the file's hash, so that browsers may keep a file for good and never a stale one.
const versions = {};
for (const file of readdirSync(out).filter((name) => /\.(js|css|svg)$/.test(name))) {
  const bytes = readFileSync(join(out, file));
  versions[file] = createHash("sha256").update(bytes).digest("hex").slice(0, 10);
  writeFileSync(join(out, `${file}.gz`), gzipSync(bytes, { level: 9 }));
  writeFileSync(join(out, `${file}.br`), brotliCompressSync(bytes));
}
writeFileSync(join(out, "manifest.json"), JSON.stringify({ versions, icons }, null, 1));
