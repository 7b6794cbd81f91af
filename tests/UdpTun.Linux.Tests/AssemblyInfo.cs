// One after another: many close a socket, a lock or a device and count on the kernel to have let it go, but a process that another test starts
// has a copy of each between its fork and its exec.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
