export { openWitnessClient, type AskWitness, type WitnessAnswer, type WitnessClientOptions } from './open-witness-client.ts';
