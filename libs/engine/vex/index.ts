export { openVexDocument, type JudgedPackage } from './openvex-document.ts';
