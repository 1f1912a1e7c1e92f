// After `ng build`: the manifest in the build's language, the size of what a first visit loads, a page without `<base>`, and
// compressed copies that Nginx sends as they are (gzip_static).
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const DIST = 'dist';
const LANGUAGES = ['en', 'es'];
/** What the scripts of a first visit may weigh, compressed. */
const BUDGET_BYTES = 250 * 1000;
const COMPRESSIBLE = /\.(js|css|html|svg|json|webmanifest)$/;
/** A copy that saves less than this is not worth its file. */
const SMALL_BYTES = 1024;

for (const language of LANGUAGES) {
  const folder = join(DIST, language);
  chooseManifest(folder, language);
  weigh(folder, language);
  takeBaseAway(folder, language);
  compress(folder);
}

function chooseManifest(folder, language) {
  writeFileSync(join(folder, 'manifest.webmanifest'), readFileSync(join(folder, `manifest.${language}.json`)));
  LANGUAGES.forEach((each) => rmSync(join(folder, `manifest.${each}.json`)));
}

function weigh(folder, language) {
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const scripts = [...page.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map(([, name]) => name);
  const bytes = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name)), { level: 9 }).length, 0);
  console.log(`${language}: a first visit loads ${(bytes / 1000).toFixed(1)} kB of scripts, compressed`);
  if (scripts.length === 0 || bytes > BUDGET_BYTES) {
    console.error(`That is not within the budget of ${BUDGET_BYTES / 1000} kB.`);
    process.exit(1);
  }
}

/** Angular names its scripts beside the page, and writes a base for them; with whole addresses none is needed (core/base.ts). */
function takeBaseAway(folder, language) {
  const path = join(folder, 'index.html');
  const based = readFileSync(path, 'utf8');
  const page = based.replace(/\s*<base [^>]*>/, '').replace(/ (src|href)="(?=[\w-]+[./])/g, ` $1="/${language}/`);
  if (page.includes('<base') || page.length === based.length) throw new Error(`${path} is not as Angular writes it`);
  writeFileSync(path, page);
  const worker = join(folder, 'ngsw.json');
  const shell = JSON.parse(readFileSync(worker, 'utf8'));
  // The worker takes no page that is not what it was told of.
  shell.hashTable[shell.index] = createHash('sha1').update(page).digest('hex');
  writeFileSync(worker, JSON.stringify(shell));
}

function compress(folder) {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => COMPRESSIBLE.test(name));
  for (const path of names.map((name) => join(folder, name))) {
    if (statSync(path).size >= SMALL_BYTES) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
  }
}
