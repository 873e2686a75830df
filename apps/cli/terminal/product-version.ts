/** The version of this build, as reports and bills of materials name the tool that made them. */
export const productVersion = '0.1.0';
