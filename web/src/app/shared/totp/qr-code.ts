import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import { encode } from 'uqr';

const QUIET_ZONE = 3;

/** A QR code, drawn here: what is in it goes to no other server. Dark on light in every theme, for cameras. */
@Component({
  selector: 'app-qr-code',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'qr-code' },
  template: `
    <svg [attr.viewBox]="drawn().viewBox" role="img" aria-label="QR code for your authenticator app" i18n-aria-label="@@account.totp.qr">
      <path [attr.d]="drawn().path" />
    </svg>
  `,
})
export class QrCode {
  readonly text = input.required<string>();
  protected readonly drawn = computed(() => draw(this.text()));
}

/** Returns the dark squares of a code as one path, a run of them in a line at a time. */
export function draw(text: string): { viewBox: string; path: string } {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET_ZONE });
  const runs = data.flatMap((line, y) => runsOf(line).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`));
  return { viewBox: `0 0 ${size} ${size}`, path: runs.join('') };
}

function runsOf(line: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = [];
  line.forEach((dark, x) => {
    const last = runs[runs.length - 1];
    if (!dark) return;
    if (last && last[0] + last[1] === x) last[1]++;
    else runs.push([x, 1]);
  });
  return runs;
}
