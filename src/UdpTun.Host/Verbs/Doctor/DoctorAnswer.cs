using UdpTun.Host.Control;

namespace UdpTun.Host.Verbs.Doctor;

/// <summary>What <c>doctor --json</c> prints.</summary>
/// <param name="Role">server or client.</param>
/// <param name="Running">Whether an instance of it runs here.</param>
/// <param name="Findings">All that was looked at.</param>
internal sealed record DoctorAnswer(string Role, bool Running, IReadOnlyList<Finding> Findings) : Answer;
