/** Of the product, in its description and in what it signs. */
export const version = '0.1.0';
