namespace UdpTun.Net.Io;

/// <summary>A device or socket cannot be opened. The message is one sentence for a person, with the remedy.</summary>
public sealed class DeviceUnavailableException(string message, DeviceFault fault = DeviceFault.Other, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>What kind of thing is missing; decides the program's exit code.</summary>
    public DeviceFault Fault { get; } = fault;
}
