import { Pipe, type PipeTransform, inject } from '@angular/core';

import { Language } from '@core/language';
import { regional } from '@shared/time';

/** `{{ post.views | amount }}`: 12,345, and 1.2M where there is little room. */
@Pipe({ name: 'amount' })
export class AmountPipe implements PipeTransform {
  private readonly region = regional(inject(Language).current);
  private readonly whole = new Intl.NumberFormat(this.region);
  private readonly short = new Intl.NumberFormat(this.region, { notation: 'compact', maximumFractionDigits: 1 });

  transform(count: number, form: 'whole' | 'short' = 'whole'): string {
    return this[form].format(count);
  }
}
