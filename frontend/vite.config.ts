// Builds every page of this folder into the Python package, where the API process finds them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const BUILT = join(import.meta.dirname, "../src/penstock/api/pages/built");
const WORTH_PACKING = /\.(js|css|svg|html)$/;

/** Puts a packed copy beside each file, so that the server never has to pack one. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    closeBundle() {
      for (const name of readdirSync(BUILT).filter((name) => WORTH_PACKING.test(name))) {
        writeFileSync(join(BUILT, `${name}.gz`), gzipSync(readFileSync(join(BUILT, name)), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  base: "/pages/",
  plugins: [react(), packed()],
  worker: { format: "es" },
  build: {
    outDir: BUILT,
    emptyOutDir: true,
    assetsDir: "", // one flat folder: a name with a slash is never one of ours
    assetsInlineLimit: 0, // the pages' security policy wants files
    modulePreload: { polyfill: false },
    license: { fileName: "licences.md" }, // of all that is bundled; it goes into the wheel
    chunkSizeWarningLimit: 4_000, // kB; the editor is one large part, loaded after signing in
    rolldownOptions: { input: readdirSync(import.meta.dirname).filter((name) => name.endsWith(".html")) },
  },
});
