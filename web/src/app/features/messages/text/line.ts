import { Pipe, type PipeTransform } from '@angular/core';

import { paymentLine } from '../../payments';

import { type Content, covered } from './entities';

const LONGEST = 300;

/** `{{ message | line }}`: a message in one line, for quotes, pins, notices and results. */
@Pipe({ name: 'line' })
export class LinePipe implements PipeTransform {
  transform(message: Content): string {
    return lineOf(message);
  }
}

export function lineOf(message: Content): string {
  if (message.payment) return paymentLine(message.payment);
  const words = covered(message).replace(/\s+/gu, ' ').trim();
  if (words) return words.length > LONGEST ? `${[...words].slice(0, LONGEST).join('')}…` : words;
  if (message.poll) return $localize`:@@messages.line.poll:Poll: ${message.poll.question}:question:`;
  const count = message.media_ids?.length ?? 0;
  if (count === 1) return $localize`:@@messages.line.file:Attachment`;
  return count > 1 ? $localize`:@@messages.line.files:${count}:count: attachments` : '';
}
