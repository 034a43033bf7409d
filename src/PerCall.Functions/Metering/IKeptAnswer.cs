using PerCall.Functions.Journal;

namespace PerCall.Functions.Metering;

/// <summary>The place where a call keeps its answer before it is charged, so that whoever comes after a death finds it there and the charge in the journal, or neither.</summary>
internal interface IKeptAnswer
{
    /// <summary>Whether the charge has to be on disk before it is confirmed, also with <see cref="Durability.Async"/>.</summary>
    bool NeedsCharge { get; }

    /// <summary>Stores the answer together with the intent to charge for it.</summary>
    /// <exception cref="Exception">Another has taken the call over, or it is no longer wanted.</exception>
    Task<ChargeIntent> KeepAsync(UsageEvent charge, byte[] body);

    /// <summary>The charge is on its way, or on disk.</summary>
    Task ConfirmAsync();
}
