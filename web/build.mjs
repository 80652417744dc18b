// Bundles src/ and writes index.html.gz, app.js.gz and app.css.gz into the folder named on the command line.
// The page names script and style by a hash of their bytes, so that browsers may keep them for ever:
// src/server/pages.cc hashes the same bytes. CMake runs this only when something here changed.
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) {
  console.error('web/build.mjs: no folder is named; remedy: node web/build.mjs FOLDER');
  process.exit(2);
}
const esbuild = await import('esbuild').catch(() => {
  console.error('web/build.mjs: the packages of web/package-lock.json are not here; remedy: scripts/setup.sh web');
  process.exit(1);
});

const bundled = await esbuild.build({
  entryPoints: [join(here, 'src/main.tsx')], bundle: true, minify: true, write: false, outdir: out,
  entryNames: 'app', target: ['es2021'], jsx: 'automatic', jsxImportSource: 'preact', charset: 'utf8',
  legalComments: 'none', logLevel: 'warning', absWorkingDir: here,
});

mkdirSync(out, {recursive: true});
let page = readFileSync(join(here, 'index.html'), 'utf8');
for (const name of ['app.js', 'app.css']) {
  const file = bundled.outputFiles.find((output) => output.path.endsWith(name));
  const packed = gzipSync(file.contents, {level: 9});
  const hash = createHash('sha256').update(packed).digest('hex').slice(0, 16);
  writeFileSync(join(out, name + '.gz'), packed);
  page = page.replace(`/assets/${name}`, `/assets/${name.replace('.', `-${hash}.`)}`);
}
writeFileSync(join(out, 'index.html.gz'), gzipSync(page, {level: 9}));
