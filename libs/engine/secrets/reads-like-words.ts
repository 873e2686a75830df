// How usual it is in English prose and identifiers that one letter follows another: a row for each first letter, a digit for each second,
// 0 never to 9 mostly; four is what chance gives. Counted over the documentation of some hundred open-source packages.
const follows = [
  '03640040300657040667233020',
  '70107000460700600540700020',
  '60106007305400900537300000',
  '60049020703300600351400010',
  '41562410000447022875021420',
  '70006400800400800623500040',
  '30009025800525400441500000',
  '70009000600010600417500000',
  '22444340000558640467020001',
  '81009000400000500090340000',
  '70009310700033100260000000',
  '60048000700700600045520050',
  '84008030610350670030300010',
  '50676370300101540077210010',
  '03350120003468450734524000',
  '70007000400640640676400000',
  '00000000500400000000900000',
  '60429130601134600455400040',
  '40528004500200630158510030',
  '60207008700100550555300040',
  '25326130500656040776000000',
  '90009040700000200000000000',
  '70016007900004600570005000',
  '70406000500000090009000010',
  '32403000200447880264042000',
  '60009001600200800000200016',
];

const codeOfA = 97;

/**
 * How much a text reads like words, 0 to 9: the mean of how usual its pairs of neighbouring letters are. Random letters score about 2.1
 * (a twentieth of random eights above 4.1), identifiers and words above 4.5. Undefined with fewer than three pairs: too little to say.
 */
export function readsLikeWords(text: string): number | undefined {
  let sum = 0;
  let pairs = 0;
  let before = -1;
  for (const char of text.toLowerCase()) {
    const letter = char.charCodeAt(0) - codeOfA;
    const isLetter = char.length === 1 && letter >= 0 && letter < follows.length;
    if (isLetter && before >= 0) {
      sum += Number(follows[before]?.[letter] ?? 0);
      pairs++;
    }
    before = isLetter ? letter : -1;
  }
  return pairs < 3 ? undefined : sum / pairs;
}
