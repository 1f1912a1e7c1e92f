import eslint from '@eslint/js';
import angular from 'angular-eslint';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist/', '.angular/', 'node_modules/', 'public/', 'src/app/api/schema.ts', 'src/index.html'] },
  {
    files: ['**/*.ts'],
    extends: [eslint.configs.recommended, ...tseslint.configs.recommended, ...angular.configs.tsRecommended],
    processor: angular.processInlineTemplates,
    rules: {
      '@angular-eslint/component-selector': ['error', { type: 'element', prefix: 'app', style: 'kebab-case' }],
      '@angular-eslint/directive-selector': ['error', { type: 'attribute', prefix: 'app', style: 'camelCase' }],
      '@angular-eslint/prefer-on-push-component-change-detection': 'error',
      '@angular-eslint/prefer-standalone': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Markup is made by templates alone: what strangers wrote stays text.
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'bypassSecurityTrustHtml'].map((property) => ({ property })),
      ],
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/features/*/*'], message: "A feature's inside is its own; use its index.ts." }] },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.html', '**/*.ts.html'],
    extends: [...angular.configs.templateRecommended, ...angular.configs.templateAccessibility],
    rules: {
      '@angular-eslint/template/i18n': [
        'error',
        {
          checkId: true,
          checkText: true,
          checkAttributes: true,
          checkDuplicateId: false,
          boundTextAllowedPattern: '.*',
          ignoreAttributes: [
            'accept', 'aria-atomic', 'aria-controls', 'aria-current', 'aria-describedby', 'aria-haspopup', 'aria-hidden',
            'aria-labelledby', 'aria-live', 'aria-modal', 'aria-expanded', 'autocapitalize', 'autocomplete', 'class', 'd',
            'decoding', 'dir', 'enterkeyhint', 'fill', 'for', 'form', 'formControlName', 'height', 'href', 'icon', 'id',
            'inputmode', 'kind', 'lang', 'loading', 'maxlength', 'method', 'minlength', 'name', 'novalidate', 'pattern',
            'popover', 'popovertarget', 'popovertargetaction', 'preload', 'rel', 'role', 'routerLink', 'routerLinkActive',
            'size', 'slot', 'spellcheck', 'src', 'step', 'tabindex', 'target', 'translate', 'type', 'value', 'viewBox',
            'width', 'autocorrect', 'code', 'field', 'tone', 'ariaCurrentWhenActive', 'scope', 'text-anchor', 'data-tone',
          ],
        },
      ],
      '@angular-eslint/template/no-inline-styles': ['error', { allowNgStyle: false, allowBindToStyle: true }],
      '@angular-eslint/template/prefer-control-flow': 'error',
      // `app-field` ties label and control together itself.
      '@angular-eslint/template/label-has-associated-control': 'off',
    },
  },
);
