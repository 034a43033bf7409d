using System.Globalization;
using PerCall.StandIn;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
await using var provider = await StandInProvider.StartAsync(StandInOptions.Parse(args));
Console.WriteLine($"{StandInProvider.ListeningMark}{provider.Address}");
await provider.WaitForShutdownAsync();
