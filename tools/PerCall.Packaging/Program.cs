using PerCall.Packaging;

// Run by tools/PerCall.Packaging/Packaging.targets at the end of a publish, never by hand: hence no options to speak of.
if (args is not ["bill-of-materials", var folder, var packages, var product, var version])
{
    Console.Error.WriteLine("Usage: PerCall.Packaging bill-of-materials <publish folder> <packages folder> <product> <version>");
    return 2;
}

try
{
    var components = ShippedPackages.Of(folder, new PackageFolder(packages));
    await File.WriteAllTextAsync(Path.Combine(folder, BillOfMaterials.FileName), BillOfMaterials.Write(product, version, components));
    return 0;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
{
    // As a line that MSBuild shows as an error of the build.
    Console.Error.WriteLine($"{folder}: error PERCALL1: {e.Message}");
    return 1;
}
