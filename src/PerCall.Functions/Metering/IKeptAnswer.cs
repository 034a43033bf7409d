using PerCall.Functions.Journal;

namespace PerCall.Functions.Metering;

/// <summary>
/// Where a call stores its answer before it is charged. After a crash, another process finds the answer there and its charge in the
/// journal, or it runs the call again.
/// </summary>
public interface IKeptAnswer
{
    /// <summary>Whether the charge has to be on disk before it is confirmed, also with <see cref="Durability.Async"/>.</summary>
    bool NeedsCharge { get; }

    /// <summary>Stores the answer together with the intent to charge for it.</summary>
    /// <exception cref="Exception">Another process has taken the call over, or the call was canceled.</exception>
    Task<ChargeIntent> KeepAsync(UsageEvent charge, byte[] body);

    /// <summary>The charge is on its way, or on disk.</summary>
    Task ConfirmAsync();
}
