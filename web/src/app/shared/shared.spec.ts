import { colourOf, initialsOf } from './avatar';
import { ago, dayName, daysBetween, listTime } from './time';

describe('avatars', () => {
  it('take the first letters of the first and the last word', () => {
    expect(initialsOf('  Ana María Ramírez ')).toBe('AR');
    expect(initialsOf('ñandú')).toBe('Ñ');
    expect(initialsOf('🎉 party')).toBe('🎉P');
    expect(initialsOf('')).toBe('');
  });

  it('give an id the same one of eight colours for good', () => {
    expect(colourOf('01890000-0000-7000-8000-000000000001')).toBe(colourOf('01890000-0000-7000-8000-000000000001'));
    expect(new Set(Array.from({ length: 200 }, (_, n) => colourOf(`id-${n}`))).size).toBe(8);
  });
});

describe('times', () => {
  const now = new Date(2026, 2, 10, 0, 30);

  it('count midnights, not hours', () => {
    expect(daysBetween(new Date(2026, 2, 9, 23, 59), now)).toBe(1);
    expect(daysBetween(new Date(2026, 2, 10, 0, 1), now)).toBe(0);
  });

  it('name today and yesterday', () => {
    expect(dayName(new Date(2026, 2, 10, 0, 1), 'en', now)).toBe('Today');
    expect(dayName(new Date(2026, 2, 9, 23, 0), 'en', now)).toBe('Yesterday');
    expect(listTime(new Date(2026, 2, 9, 23, 0), 'en', now)).toBe('yesterday');
  });

  it('write dates in the language of the page', () => {
    expect(dayName(new Date(2025, 0, 3), 'es', now)).toBe('3 de enero de 2025');
  });

  it('say how long ago', () => {
    expect(ago(new Date(2026, 2, 10, 0, 25), 'en', now)).toBe('5 minutes ago');
    expect(ago(new Date(2026, 2, 10, 0, 25), 'es', now)).toBe('hace 5 minutos');
  });
});
