// What a program sees of each release of Bento's Node SDK: declared.mjs reads their methods off these constants.
import { Analytics as Analytics0 } from 'bento-node-sdk-0';
import { Analytics as Analytics1 } from 'bento-node-sdk-1';
import { Analytics as Analytics2 } from 'bento-node-sdk-2';

export const faces = {
  'bento-node-sdk-0': {} as Analytics0['V1'],
  'bento-node-sdk-1': {} as Analytics1['V1'],
  'bento-node-sdk-2': {} as Analytics2['V1'],
};
