/** The parts of a browser's name for itself that people recognise; the first that fits counts. */
const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'Mac'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/** Returns what to call a device: "Firefox · Windows", or its own label where that is no browser's. */
export function deviceName(label: string): string {
  const found = [BROWSERS, SYSTEMS].map((known) => known.find(([pattern]) => pattern.test(label))?.[1]);
  return found.filter((each) => each !== undefined).join(' · ') || label;
}

/** Tells whether it is held in a hand. */
export function isPhone(label: string): boolean {
  return /\b(Android|iPhone|Mobile)\b/.test(label);
}
