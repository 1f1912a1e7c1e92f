import { failureWords, kindWords, lineWords, statusTone, statusWords } from './words';

describe('words about money', () => {
  it('say what came of a payment', () => {
    expect(statusWords({ status: 'succeeded', amount: 500 })).toBe('Paid');
    expect(statusWords({ status: 'succeeded', amount: 500, refunded: 200 })).toBe('Partly given back');
    expect(statusWords({ status: 'succeeded', amount: 500, refunded: 500 })).toBe('Given back');
    expect(statusWords({ status: 'succeeded', amount: 500, disputed: true })).toBe('Disputed');
    expect(statusWords({ status: 'declined', amount: 500 })).toBe('Declined');
  });

  it('colour it so', () => {
    expect(statusTone({ status: 'succeeded' })).toBe('active');
    expect(statusTone({ status: 'open' })).toBe('failing');
    expect(statusTone({ status: 'failed' })).toBe('disabled');
    expect(statusTone({ status: 'succeeded', refunded: 5 })).toBe('');
  });

  it('have something to say of what they do not know', () => {
    expect(failureWords(null)).toBe('');
    expect(failureWords('insufficient_funds')).toContain('not enough');
    expect(failureWords('do_not_honor')).toContain('declined');
    expect(lineWords('something_new')).toBe('Movement');
    expect(kindWords('tip')).toBe('Tip');
  });
});
