namespace UdpTun.Host.Control;

/// <summary>An endpoint cannot do what it is asked.</summary>
/// <param name="status">
/// The HTTP status: 400 for a question that makes no sense, 404 for one about what is not there, 422 where a configuration is wrong.
/// </param>
/// <param name="message">One sentence for a person, with the remedy where there is one.</param>
internal sealed class ControlException(int status, string message) : Exception(message)
{
    public const int WrongConfiguration = 422;

    public int Status { get; } = status;
}
