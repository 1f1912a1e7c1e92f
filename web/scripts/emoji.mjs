// Writes src/app/features/messages/emoji/emoji.json from emojibase-data: what the picker shows and searches,
// in English and Spanish, in about a third of the original's size.
//   node scripts/emoji.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const OUT = 'src/app/features/messages/emoji/emoji.json';
/** Emojibase's numbers of what the picker shows, in its order; 2 are parts of emoji, not emoji. */
const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9];
/** Later ones are missing in the fonts of many devices. */
const NEWEST = 15.1;
const TONES = ['🏻', '🏼', '🏽', '🏾', '🏿'];

const read = (language) => JSON.parse(readFileSync(`node_modules/emojibase-data/${language}/data.json`, 'utf8'));
const spanish = new Map(read('es').map((each) => [each.hexcode, each]));

const groups = GROUPS.map((group) =>
  read('en')
    .filter((each) => each.group === group && each.version <= NEWEST)
    .sort((a, b) => a.order - b.order)
    .map((each) => entry(each, spanish.get(each.hexcode))),
);
writeFileSync(OUT, `${JSON.stringify(groups).replaceAll('],[[', '],\n[[').replaceAll('],["', '],\n["')}\n`);
console.log(groups.map((group) => group.length).join(' + '));

/** [emoji, English name, Spanish name, English words, Spanish words, 1 where it has skin tones] */
function entry(english, spanish) {
  const words = (one) => (one.tags ?? []).filter((tag) => !one.label.includes(tag)).join(' ');
  return [canonical(english.emoji), english.label, spanish.label, words(english), words(spanish), ...(hasTones(english) ? [1] : [])];
}

/** Whether the picker's rule (`toned` in catalogue.ts) makes each of its skin tones. */
function hasTones({ emoji, skins = [] }) {
  const plain = [...emoji].filter((each) => each !== '\ufe0f');
  return TONES.every((tone, at) => skins.some((skin) => skin.tone === at + 1 && bare(skin.emoji) === bare([plain[0], tone, ...plain.slice(1)].join(''))));
}

/** As the services write it (plumbing/emoji.py): U+FE0F only behind what is drawn as text without it. */
function canonical(emoji) {
  if (/^(\p{RI}{2}|[0-9#*]|.*\u{e007f}$)/u.test(emoji)) return emoji;
  const parts = emoji.split('\u200d').map((part) => {
    const [first, second = ''] = [...part];
    if (/\p{EMod}/u.test(second)) return part;
    return /\p{Emoji_Presentation}/u.test(first) ? first : `${first}\ufe0f`;
  });
  return parts.join('\u200d');
}

function bare(emoji) {
  return emoji.replaceAll('\ufe0f', '');
}
