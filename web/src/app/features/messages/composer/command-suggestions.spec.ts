import { parse, written } from '../text/formatting';

import { beginning } from './command-suggestions';

const command = (name: string) => ({ name, description: 'Does it', usage: '', user_id: 'bot' });

describe('commands', () => {
  it('are found by how their names begin, whatever the case', () => {
    const all = ['echo', 'edit', 'help'].map(command);
    const names = (typed: string) => beginning(all, typed).map(({ name }) => name);
    expect([names(''), names('E'), names('ed'), names('x')]).toEqual([['echo', 'edit', 'help'], ['echo', 'edit'], ['edit'], []]);
  });

  it('are typed as they are when a message is edited', () => {
    const text = '/echo hello';
    const entities = [
      { type: 'command' as const, offset: 0, length: 5, user_id: 'bot' },
      { type: 'bold' as const, offset: 6, length: 5 },
    ];
    expect(written({ text, entities })).toBe('/echo *hello*');
    expect(parse('/echo *hello*')).toEqual({ text, entities: [entities[1]] });
  });
});
