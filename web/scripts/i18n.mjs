// Lists the texts without a Spanish translation, and translations that no text uses any more.
//   node scripts/i18n.mjs        (exit code 1 when a translation is missing)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'charla-i18n-'));
execFileSync('npx', ['--no-install', 'ng', 'extract-i18n', '--format', 'json', '--output-path', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
const wanted = JSON.parse(readFileSync(join(folder, 'messages.json'), 'utf8')).translations;
rmSync(folder, { recursive: true });
const places = readdirSync('src/locale/es').map((name) => [name, JSON.parse(readFileSync(join('src/locale/es', name), 'utf8')).translations]);
const known = Object.assign({}, ...places.map(([, texts]) => texts));
const missing = Object.keys(wanted).filter((id) => !(id in known));
const unused = places.flatMap(([name, texts]) => Object.keys(texts).filter((id) => !(id in wanted)).map((id) => `${name}: ${id}`));
for (const id of missing) console.log(`missing  ${id}: ${wanted[id]}`);
for (const each of unused) console.log(`unused   ${each}`);
process.exit(missing.length ? 1 : 0);
