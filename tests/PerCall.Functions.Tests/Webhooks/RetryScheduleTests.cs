using PerCall.Functions.Webhooks;
using PerCall.Functions.Webhooks.Deliveries;
using PerCall.Functions.Webhooks.Sending;
using Xunit;

namespace PerCall.Functions.Tests.Webhooks;

public sealed class RetryScheduleTests
{
    private static readonly AttemptOutcome Failure = new() { Status = 500, Duration = default };

    [Fact]
    public void PauseAfter_ByDefault_GrowsOverThreeDaysAndEnds()
    {
        var schedule = RetrySchedule.Parse(new WebhookOptions().Retries)!;
        var pauses = Enumerable.Range(1, 9).Select(n => schedule.PauseAfter(n, Failure)!.Value).ToList();

        Assert.InRange(pauses[0], TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));
        Assert.InRange(pauses[^1], TimeSpan.FromHours(24), TimeSpan.FromHours(28.8));
        Assert.Equal(pauses.Order(), pauses);
        Assert.InRange(pauses.Aggregate((a, b) => a + b), TimeSpan.FromDays(3), TimeSpan.FromDays(4));
        Assert.Null(schedule.PauseAfter(10, Failure));
    }

    [Fact]
    public void PauseAfter_ForManyThatFailedTogether_IsNotTheSame() =>
        Assert.NotEqual(1, Enumerable.Range(0, 20).Select(_ => RetrySchedule.Parse("01:00:00")!.PauseAfter(1, Failure)).Distinct().Count());

    [Theory]
    [InlineData(60, 60)]
    [InlineData(1, 5)]
    [InlineData(10_000_000, 86_400)]
    [InlineData(-5, 5)]
    public void PauseAfter_WithAWish_HonoursItWithinReason(int wished, int seconds)
    {
        var pause = RetrySchedule.Parse("00:00:05")!.PauseAfter(1, Failure with { RetryAfter = TimeSpan.FromSeconds(wished) })!.Value;

        Assert.InRange(pause.TotalSeconds, seconds, seconds * 1.2);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("-00:00:01")]
    [InlineData("6.00:00:00")]
    [InlineData("00:00:05;00:00:10")]
    public void Parse_WhatIsNoSchedule_IsNull(string text) => Assert.Null(RetrySchedule.Parse(text));
}
