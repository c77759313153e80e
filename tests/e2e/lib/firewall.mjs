// A firewall in the tests' own network: what it drops vanishes without a word, as behind a company's.
import { execFileSync } from 'node:child_process';

const nft = (...words) => execFileSync('nft', words, { stdio: ['ignore', 'pipe', 'inherit'] });

/**
 * Drops what these rules of nft's match (`udp dport 8189`) until the test ends, or `lift` is called.
 * @returns {() => void} lift
 */
export function block(t, ...rules) {
  nft('add table inet e2e');
  nft('add chain inet e2e blocked { type filter hook input priority 0 ; }');
  for (const rule of rules) nft(`add rule inet e2e blocked ${rule} drop`);
  let there = true;
  const lift = () => {
    if (there) nft('delete table inet e2e');
    there = false;
  };
  t.after(lift);
  return lift;
}
