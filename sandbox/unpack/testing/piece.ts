/** An entry that is to be written, honest or not. A folder's name ends with a slash. */
export type Piece = {
  readonly name: string | Buffer;
  readonly kind?: 'file' | 'folder' | 'symlink' | 'hard_link' | 'fifo' | 'device' | 'block';
  readonly body?: string | Buffer;
  readonly link?: string;
};
