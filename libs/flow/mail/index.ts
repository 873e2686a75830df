export { mailModule } from './mail.module.ts';
export { sendMail, type SendMailDeps } from './send-mail/send-mail.ts';
export { giveUpMail } from './send-mail/give-up-mail.ts';
