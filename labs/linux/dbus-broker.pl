# dbus-broker.pl SOCKET CONFIG OTHER: a dbus-broker without the systemd that it expects. It gets what systemd would give it: its listening socket, and
# the journal's, which nothing reads. OTHER is a bus where it looks for systemd, in vain.
use strict;
use warnings;
use Socket;

my ($path, $config, $other) = @ARGV;
# What is opened stays open in the program: the listening socket as descriptor 3, as sd_listen_fds(3) wants it.
$^F = 1024;
socket(my $bus, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
die 'descriptor 3 is taken' if fileno($bus) != 3;
bind($bus, pack_sockaddr_un($path)) or die "$path: $!";
chmod 0666, $path;
listen($bus, SOMAXCONN) or die "$path: $!";
mkdir $_ for '/run/systemd', '/run/systemd/journal';
socket(my $journal, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
my $log = '/run/systemd/journal/socket';
unlink $log;
bind($journal, pack_sockaddr_un($log)) or die "$log: $!";
$ENV{LISTEN_FDS} = 1;
$ENV{LISTEN_PID} = $$;
$ENV{DBUS_SYSTEM_BUS_ADDRESS} = "unix:path=$other";
exec 'dbus-broker-launch', '--scope', 'system', '--config-file', $config or die "dbus-broker-launch: $!";
