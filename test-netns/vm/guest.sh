# The virtual machine's second program, process 1 on the final root: completes the system, takes the job from the control port, runs
# it, answers with its exit status and powers off. The other end of the ports is machine.ts.
folder=/run/selvedge-vm
b=$folder/busybox

# The device of the port that qemu.ts gives this name.
port() {
  for port in /sys/class/virtio-ports/*; do
    [ "$($b cat "$port/name")" != "$1" ] || echo "/dev/${port##*/}"
  done
}

# One line with the script's length and the folder of the kernel's modules, then the script.
{
  read -r length modules
  $b head -c "$length" >$folder/job.sh
} <"$(port control)"

$b mkdir -p "/lib/modules/$($b uname -r)"
$b mount --bind "$modules" "/lib/modules/$($b uname -r)"

$b mkdir -p /dev/pts /dev/shm
$b mount -t devpts devpts /dev/pts
$b mount -t tmpfs shm /dev/shm
$b mount -t cgroup2 cgroup2 /sys/fs/cgroup
$b ln -s /proc/self/fd /dev/fd
$b ln -s /proc/self/fd/0 /dev/stdin
$b ln -s /proc/self/fd/1 /dev/stdout
$b ln -s /proc/self/fd/2 /dev/stderr
$b hostname selvedge-vm
# Without a local routing table, which the first address makes, IPVS answers EINVAL to every new destination.
$b ip link set lo up
ulimit -n 65536

# A virtio port can be opened once only; through a pipe the job and all its children share it, and can reopen /dev/stdout.
$b mkfifo $folder/stdout $folder/stderr
$b cat <$folder/stdout >"$(port stdout)" &
stdout=$!
$b cat <$folder/stderr >"$(port stderr)" &
stderr=$!
$b setsid /bin/sh $folder/job.sh </dev/null >$folder/stdout 2>$folder/stderr
status=$?

# Whatever the job left running would hold the pipes open for ever.
for process in /proc/[0-9]*; do
  process=${process#/proc/}
  case $process in
    1 | $stdout | $stderr) ;;
    *) kill -KILL "$process" 2>/dev/null ;;
  esac
done
wait $stdout $stderr
echo "exit $status" >"$(port control)"
$b poweroff -f
