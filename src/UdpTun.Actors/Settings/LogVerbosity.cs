namespace UdpTun.Actors.Settings;

/// <summary>The least important event that is still logged, from the chattiest to the quietest.</summary>
public enum LogVerbosity
{
    Trace,
    Debug,
    Info,
    Warning,
    Error,
}
