import { topicsOf } from './channel-form';

describe('topicsOf', () => {
  it('takes topics as people write them, each once', () => {
    expect(topicsOf(' Montañas, #Weather; weather\n,, hiking in Spain ')).toEqual(['montañas', 'weather', 'hiking in spain']);
    expect(topicsOf('')).toEqual([]);
  });
});
