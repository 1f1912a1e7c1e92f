import { basePath } from './base';

describe('basePath', () => {
  it('is the language of an address', () => {
    expect(['/en/', '/es/c/42', '/en/en/x'].map(basePath)).toEqual(['/en/', '/es/', '/en/']);
  });

  it('is the root where an address has none', () => {
    expect(['/', '/c/42', '/english/', '/x/en/'].map(basePath)).toEqual(['/', '/', '/', '/']);
  });
});
