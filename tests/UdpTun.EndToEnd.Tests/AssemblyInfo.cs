// Each test starts real processes and moves real bytes: side by side they would measure each other on a small machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
