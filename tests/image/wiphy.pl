# wiphy.pl INDEX NAMESPACE: gives a wireless device, by its number, to a network namespace (ip-netns(8)). A wireless interface goes only with its
# device, and what does that (iw) is not in the image. Run in the machine; the numbers are linux/nl80211.h's and linux/genetlink.h's.
use strict;
use warnings;
use Socket;

my ($index, $namespace) = @ARGV;
my ($AF_NETLINK, $GENERIC, $REQUEST_ACK) = (16, 16, 5);
my ($CONTROL, $GET_FAMILY, $FAMILY_ID, $FAMILY_NAME) = (16, 3, 1, 2);
my ($SET_WIPHY_NETNS, $WIPHY, $NETNS_FD) = (49, 1, 219);

socket(my $netlink, $AF_NETLINK, SOCK_RAW, $GENERIC) or die "netlink: $!\n";
bind($netlink, pack('S S L L', $AF_NETLINK, 0, 0, 0)) or die "netlink: $!\n";

sub attribute { my ($type, $data) = @_; my $text = pack('S S', 4 + length $data, $type) . $data; return $text . "\0" x (-length($text) % 4) }
sub ask {
    my ($family, $command, $attributes) = @_;
    my $body = pack('C C S', $command, 1, 0) . $attributes;
    send($netlink, pack('L S S L L', 16 + length $body, $family, $REQUEST_ACK, 1, 0) . $body, 0) or die "netlink: $!\n";
    recv($netlink, my $answer, 65536, 0) // die "netlink: $!\n";
    my (undef, $type) = unpack('L S', $answer);
    # An error of 0 is none.
    if ($type == 2) { my $error = -unpack('l', substr $answer, 16, 4); $! = $error; die "netlink: $!\n" if $error }
    return $answer;
}

my $answer = ask($CONTROL, $GET_FAMILY, attribute($FAMILY_NAME, "nl80211\0"));
my ($at, $family) = (20);
while ($at + 4 <= length $answer) {
    my ($length, $type) = unpack('S S', substr $answer, $at, 4);
    $family = unpack('S', substr $answer, $at + 4, 2) if $type == $FAMILY_ID;
    last if $length < 4;
    $at += ($length + 3) & ~3;
}
die "there is no nl80211\n" unless $family;
# (What acknowledged the first question.)
recv($netlink, my $rest, 65536, 0);
open(my $there, '<', "/run/netns/$namespace") or die "$namespace: $!\n";
ask($family, $SET_WIPHY_NETNS, attribute($WIPHY, pack 'L', $index) . attribute($NETNS_FD, pack 'L', fileno $there));
