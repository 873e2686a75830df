import { expect, it } from 'vitest';
import { readsLikeWords } from './reads-like-words.ts';

it.each(['encryptionAlgorithm', 'superadmin', 'my-secret-value', 'token_provider', 'Marketplace'])('%s reads like words', (text) => {
  expect(readsLikeWords(text)).toBeGreaterThan(4.5);
});

it.each(['q7Xb2LmZv9RtYp4KcWs6', 'zxKQwvbnJdprtXkq', 'Vq7xB2-mZ9rt'])('%s does not', (text) => {
  expect(readsLikeWords(text) ?? 0).toBeLessThan(3.2);
});

it('says_nothing_of_too_few_letters', () => {
  expect(readsLikeWords('1a2b3c')).toBeUndefined();
});
