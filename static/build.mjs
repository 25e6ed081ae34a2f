// Builds what the server serves into static/build/: nothing else of static/ or node_modules is ever published.

import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "sass";

const source = dirname(fileURLToPath(import.meta.url));
const packages = join(source, "..", "node_modules");
const scripts = join(source, "scripts");
const images = join(source, "images");
const build = join(source, "build");

const { css } = compile(join(source, "styles", "app.scss"), {
  style: "compressed",
  // The Ministry of Justice's Sass names its dependencies from the folder that holds node_modules.
  loadPaths: [packages, join(source, "..")],
  // Deprecated Sass in the packages is for their authors to mend; ours still warns.
  quietDeps: true,
});

// The font and the crest are licensed to gov.uk alone.
for (const licensed of ["GDS Transport", "govuk-crest", "@font-face"]) {
  if (css.includes(licensed)) {
    console.error(`app.css has "${licensed}", which we may not publish: see static/styles/app.scss`);
    process.exit(1);
  }
}

rmSync(build, { recursive: true, force: true });
mkdirSync(join(build, "images"), { recursive: true });

for (const [, url] of css.matchAll(/url\("?([^")]+)"?\)/g)) {
  if (!/^images\/[\w-]+\.svg$/.test(url)) {
    console.error(`app.css asks for ${url}, which is not served: icons lie in images/ beside it ($moj-assets-path: "")`);
    process.exit(1);
  }
  copyFileSync(join(packages, "@ministryofjustice/frontend/moj/assets", url), join(build, url));
}
for (const script of existsSync(scripts) ? readdirSync(scripts) : []) {
  copyFileSync(join(scripts, script), join(build, script));
}
for (const image of readdirSync(images)) {
  copyFileSync(join(images, image), join(build, "images", image));
}
// Without the pointer to its source map, which is not published and which collectstatic would look for.
const govuk = readFileSync(join(packages, "govuk-frontend/dist/govuk/govuk-frontend.min.js"), "utf8");
writeFileSync(join(build, "govuk-frontend.min.js"), govuk.replace(/\/\/# sourceMappingURL=.*/, ""));
// Last, because make takes this file's date for the date of the whole build.
writeFileSync(join(build, "app.css"), css);
