using PerCall.Functions.Limits.Rate;
using Xunit;

namespace PerCall.Functions.Tests.Limits;

public sealed class RateClaimsTests
{
    [Fact]
    public void Reserved_FirstClaim_GrowsToAllOfItInAMinute()
    {
        var claims = RateClaims.Parse(null);
        claims.Renew(600, 1100, 1000);
        claims.Renew(900, 1100, 1000);

        Assert.Equal([0L, 10, 300, 600, 600], new long[] { 1000, 1001, 1030, 1060, 1090 }.Select(claims.Reserved));
        claims.Remove(600, 1060);
        Assert.Equal((900L, 0L, 15L), (claims.First, claims.Reserved(1060), claims.Reserved(1061)));
    }

    [Fact]
    public void Expire_ClaimThatNoCallHasRenewedOrThatCannotFit_IsRemoved()
    {
        var claims = RateClaims.Parse(null);
        claims.Renew(600, 1010, 1000);
        claims.Renew(2000, 1100, 1000);
        claims.Renew(700, 1100, 1000);
        claims.Renew(600, 1030, 1005);

        claims.Expire(1029, 5000);
        Assert.Equal("1000 600 1030 2000 1100 700 1100", claims.ToString());
        claims.Expire(1030, 1000);
        Assert.Equal("1030 700 1100", claims.ToString());
        // The row of a clock that was wrong.
        claims.Expire(900, 1000);
        Assert.Equal(0, claims.First);
    }

    [Fact]
    public void Renew_MoreThanThereIsRoomFor_KeepsTheFirstAndTheLargest()
    {
        var claims = RateClaims.Parse(null);
        for (var size = 2; size < 100; size++)
        {
            claims.Renew(size, 1100, 1000);
        }

        claims.Renew(50, 1100, 1000);

        Assert.Equal(
            [2L, 93, 94, 95, 96, 97, 98, 99], claims.ToString().Split(' ').Skip(1).Chunk(2).Select(c => long.Parse(c[0], null)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no claims")]
    [InlineData("1000 5 x 7")]
    [InlineData("1000 -5 1100")]
    public void Parse_NoClaims_IsEmpty(string? text) => Assert.Equal(0, RateClaims.Parse(text).First);

    [Theory]
    [InlineData(1, 10, false)]
    [InlineData(2, 10, true)]
    [InlineData(16, 1000, true)]
    [InlineData(15, 1000, false)]
    [InlineData(1000, 1000, true)]
    [InlineData(1001, 1000, false)]
    public void IsFor_Size_IsMoreThanASmallPartOfTheQuota(long size, long quota, bool expected) =>
        Assert.Equal(expected, RateClaims.IsFor(size, quota));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Apply_RandomCallsThatAreTriedAgain_AreAllAdmittedAndNeverMoreThanTheQuota(int seed)
    {
        const int Quota = 10_000;
        var random = new Random(seed);
        var rate = new SharedRate(new RateWindow(), RateClaims.Parse(null));
        var spent = new List<(long Second, long Permits)>();
        var waiting = new List<(long Size, long Since, long Next)>();
        var longest = 0L;
        for (var second = 1000L; second < 5000; second++)
        {
            if (second % 300 == 0)
            {
                waiting.Add((random.Next(Quota / 2, Quota + 1), second, second));
            }

            // Each large call is tried again within a few seconds. Small ones would use the quota twice by themselves.
            var tried = waiting.Where(w => w.Next <= second).ToList();
            waiting = waiting.ConvertAll(w => w.Next <= second ? w with { Next = second + random.Next(1, 9) } : w);
            var calls = Enumerable.Range(0, 8).Select(_ => (long)random.Next(1, 80)).ToList();
            calls.InsertRange(random.Next(calls.Count), tried.Select(w => w.Size));
            var grant = rate.Apply(new(second, new Dictionary<long, long>(), 0, 0, 0) { Calls = calls }, Quota, second);

            var admitted = calls.Where((_, i) => grant.Served[i]).ToList();
            spent.AddRange(admitted.Select(size => (second, size)));
            Assert.InRange(spent.Where(s => s.Second > second - 61).Sum(s => s.Permits), 0, Quota);
            foreach (var done in tried.Where(w => admitted.Contains(w.Size)))
            {
                longest = Math.Max(longest, second - done.Since);
                waiting.RemoveAll(w => w.Since == done.Since);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"The longest wait of a large call is {longest} s.");
        Assert.InRange(waiting.Count, 0, 1);
        // The minute in which the reservation grows, the minute in which the window empties, and the caller's pause.
        Assert.InRange(longest, 1, 60 + 61 + 8);
        Assert.InRange(spent.Count(s => s.Permits < 80), 5000, int.MaxValue);
    }
}
