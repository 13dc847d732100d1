#!/usr/bin/perl
# verify.pl KEYS MESSAGE...
#
# Judges messages, a file each, with Mail::DKIM, and prints the result of each
# on a line. The keys come from a file whose lines are a name, a tab, and the text of
# the TXT record at it: no network.
use strict;
use warnings;
use Mail::DKIM::Verifier;
use Net::DNS;

my %records;
open(my $keys, '<', shift) or die "keys: $!";
while (<$keys>) {
	chomp;
	my ($name, $text) = split(/\t/, $_, 2);
	$records{lc $name} = $text;
}

no warnings 'redefine';
*Mail::DKIM::DNS::query = sub {
	my ($name, $type) = @_;
	my $text = $records{lc $name};
	return unless defined $text;
	return Net::DNS::RR->new(owner => $name, type => 'TXT', txtdata => [ $text =~ /(.{1,255})/gs ]);
};

local $/;
for my $path (@ARGV) {
	open(my $file, '<:raw', $path) or die "$path: $!";
	my $verifier = Mail::DKIM::Verifier->new();
	$verifier->PRINT(scalar <$file>);
	$verifier->CLOSE;
	print $verifier->result, "\n";
}
