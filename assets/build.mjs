// Builds assets/dist from assets/src: one stylesheet and script for staff, smaller ones for residents, charts apart,
// and a sprite with just the icons that templates and menu entries name.
import { build } from "esbuild";
import { PurgeCSS } from "purgecss";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, copyFileSync } from "node:fs";
import { join, extname } from "node:path";

const FINAL = "assets/dist";
const DIST = "node_modules/.portal-dist"; // built aside and put in place at the end, so that a running server never finds an empty folder
const APPS = ["wards", "accounts", "gateways", "groups", "tips", "broadcasts", "oversight", "vikhe_portal", "demonstration"];
rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });

function* files(folder, endings) {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (!["migrations", "__pycache__", "locale"].includes(name)) yield* files(path, endings);
    } else if (endings.includes(extname(name))) yield path;
  }
}

const templates = [...files("templates", [".html"])];
const python = APPS.flatMap((app) => [...files(app, [".py"])]);
const scripts = [...files("assets/src", [".js"])];


// Unused rules of the kit go; class names are looked for in templates, Python (widgets) and scripts. Our own rules all stay:
// docs/design.md promises every class it names, used already or not.
const trimmed = {
  name: "trimmed-kit",
  setup(bundle) {
    bundle.onLoad({ filter: /tabler\.min\.css$/ }, async ({ path }) => {
      const [purged] = await new PurgeCSS().purge({
        content: [...templates, ...python, ...scripts],
        css: [{ raw: readFileSync(path, "utf8") }],
        defaultExtractor: (text) => text.match(/[\w-/:.%]+(?<!:)/g) ?? [],
        safelist: { standard: [/^is-/, /^has-/, /^show/, /^htmx/, /^data-bs/, /^col-/, /^text-/, /^bg-/], greedy: [/data-bs-theme/] },
        variables: false,
      });
      return { contents: purged.css, loader: "css" };
    });
  },
};

const common = {
  bundle: true,
  minify: true,
  target: ["es2021", "chrome94", "firefox93", "safari15.4"],
  outdir: DIST,
  logLevel: "warning",
  loader: { ".woff2": "file", ".woff": "empty" },
  assetNames: "fonts/[name]",
};
await build({ ...common, format: "iife", entryPoints: ["assets/src/portal.js", "assets/src/public.js", "assets/src/theme.js"] });
await build({ ...common, format: "esm", entryPoints: ["assets/src/charts.js"] });
await build({ ...common, plugins: [trimmed], entryPoints: ["assets/src/portal.css", "assets/src/public.css"] });

// Icons: any quoted word after name=, icon= or in a registry that is the name of an outline icon.
const OUTLINE = "node_modules/@tabler/icons/icons/outline";
const wanted = new Set(["dots", "x", "menu-2", "sun", "moon", "check", "alert-triangle", "info-circle", "circle-check"]);
for (const path of [...templates, ...python, ...scripts]) {
  const text = readFileSync(path, "utf8");
  const quoted = path.endsWith(".py") ? /"([a-z][a-z0-9-]+)"/g : /["']([a-z][a-z0-9-]+)["']/g;
  for (const [, word] of text.matchAll(quoted)) if (existsSync(`${OUTLINE}/${word}.svg`)) wanted.add(word);
}
const symbols = [...wanted].sort().map((name) => {
  const svg = readFileSync(`${OUTLINE}/${name}.svg`, "utf8");
  const inner = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/<svg[\s\S]*?>/, "").replace("</svg>", "").replace(/\s+/g, " ").trim();
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
});
writeFileSync(`${DIST}/icons.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
// The letters of PDF documents: as wide as Times New Roman, all Vietnamese letters.
for (const face of ["400Regular/Tinos_400Regular", "700Bold/Tinos_700Bold", "400Regular_Italic/Tinos_400Regular_Italic", "700Bold_Italic/Tinos_700Bold_Italic"]) {
  mkdirSync(join(DIST, "tinos", face.split("/")[0]), { recursive: true });
  copyFileSync(`node_modules/@expo-google-fonts/tinos/${face}.ttf`, join(DIST, "tinos", `${face}.ttf`));
}
for (const name of ["logo.svg", "icon-192.png", "icon-512.png", "manifest.webmanifest"]) {
  if (existsSync(`assets/src/${name}`)) copyFileSync(`assets/src/${name}`, `${DIST}/${name}`);
}
rmSync(FINAL, { recursive: true, force: true });
renameSync(DIST, FINAL);
