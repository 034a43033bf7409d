using Microsoft.Extensions.Time.Testing;

namespace PerCall.Functions.Tests.Budget;

/// <summary>The clocks of these tests: a morning in March 2027.</summary>
internal static class LimitTimes
{
    private static readonly DateTimeOffset Now = new(2027, 3, 10, 10, 0, 0, TimeSpan.Zero);

    /// <param name="ahead">By how much the instance's clock is wrong.</param>
    public static FakeTimeProvider Start(TimeSpan ahead = default) => new(Now + ahead);
}
