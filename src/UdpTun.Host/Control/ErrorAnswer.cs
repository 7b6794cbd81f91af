namespace UdpTun.Host.Control;

/// <summary>Why there is no other answer.</summary>
/// <param name="Error">One sentence for a person, with the remedy where there is one.</param>
internal sealed record ErrorAnswer(string Error) : Answer;
