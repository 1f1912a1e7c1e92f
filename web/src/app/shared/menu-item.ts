import { Directive } from '@angular/core';

/** An action in an `app-menu`. */
@Directive({ selector: 'button[appMenuItem], a[appMenuItem]', host: { class: 'menu-item', role: 'menuitem', tabindex: '-1' } })
export class MenuItem {}
