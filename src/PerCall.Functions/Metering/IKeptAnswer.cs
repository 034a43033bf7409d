using PerCall.Functions.Journal;

namespace PerCall.Functions.Metering;

/// <summary>
/// Stores a call's answer before the call is charged. After a crash, another process finds the answer here and its charge in the journal,
/// or runs the call again.
/// </summary>
public interface IKeptAnswer
{
    /// <summary>Whether the charge must be on disk before it is confirmed, also with <see cref="Durability.Async"/>.</summary>
    bool NeedsCharge { get; }

    /// <summary>Stores the answer together with the intent to charge for it.</summary>
    /// <exception cref="Exception">Another process has taken the call over, or the call was canceled.</exception>
    Task<ChargeIntent> KeepAsync(UsageEvents charge, byte[] body, string contentType);

    /// <summary>Records that the charge was sent to the journal or is on disk.</summary>
    Task ConfirmAsync();
}
