/** What to do with nearly every document that is refused. */
export const SAVE_AS_PDF = 'Open it, save or print it as a PDF, and upload the PDF.';
export const MALWARE = 'The file was recognised as malware. Have your computer checked before you go on.';
