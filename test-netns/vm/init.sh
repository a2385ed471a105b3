#!/busybox sh
# The virtual machine's first program, packed into the initramfs with busybox, guest.sh and the modules it loads: makes the
# root file system out of the host's (read-only, over 9p) and a tmpfs that takes all writes, then hands over to guest.sh.
b=/busybox
for module in /modules/*; do
  $b insmod "$module"
done
$b mkdir -p /lower /upper /newroot
$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose host /lower
$b mount -t tmpfs -o mode=755 upper /upper
$b mkdir /upper/data /upper/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work root /newroot

$b mount -t proc proc /newroot/proc
$b mount -t sysfs sys /newroot/sys
$b mount -t devtmpfs dev /newroot/dev
$b mount -t tmpfs -o mode=755 run /newroot/run
$b mkdir /newroot/run/selvedge-vm
$b cp $b /guest.sh /newroot/run/selvedge-vm
exec $b switch_root /newroot /run/selvedge-vm/busybox sh /run/selvedge-vm/guest.sh
