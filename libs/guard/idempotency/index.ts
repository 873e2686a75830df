export { openAnswers } from './open-answers.ts';
export { keepAnswer } from './keep-answer.ts';
